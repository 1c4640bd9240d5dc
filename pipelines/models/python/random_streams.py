"""Random streams that depend on a name and a seed alone: other names do not change a stream."""

import hashlib

import numpy as np
import numpy.typing as npt


def normals(name: str, seed: int, draws: int, rows: int = 2) -> npt.NDArray[np.float64]:
    """Return `rows` × `draws` standard normals that are the name's own."""
    digest = hashlib.sha256(name.encode()).digest()
    generator = np.random.default_rng([seed, int.from_bytes(digest[:8])])
    return generator.standard_normal((rows, draws))
