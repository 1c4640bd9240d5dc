"""Random streams that depend on a name and a seed alone: other names do not change a stream."""

import hashlib

import numpy as np
import numpy.typing as npt


def normals(name: str, seed: int, draws: int, rows: int = 2) -> npt.NDArray[np.float64]:
    """Return `rows` × `draws` standard normals that are the name's own."""
    return _generator(name, seed).standard_normal((rows, draws))


def uniforms(name: str, seed: int, draws: int) -> npt.NDArray[np.float64]:
    """Return draws from 0 to 1 that are the name's own."""
    return _generator(name, seed).random(draws)


def _generator(name: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8])])
