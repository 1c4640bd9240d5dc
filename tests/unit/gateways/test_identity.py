from pathlib import Path

import pytest

from pipelines.gateways import identity
from pipelines.gateways.configuration import Place


@pytest.mark.parametrize(
    ("provider", "name", "base_url", "goes_to", "model_id"),
    [
        ("openrouter", "z-ai/glm-5.2", None, "openrouter", "z-ai/glm-5.2"),
        ("openrouter", "z-ai/glm-5.2:free", None, "openrouter", "z-ai/glm-5.2:free"),
        ("openrouter", "z-ai/glm-5.2:nitro", None, "openrouter", "z-ai/glm-5.2"),
        ("openrouter", "auto", None, "openrouter", "openrouter/auto"),
        ("openrouter", "auto:online", None, "openrouter", "openrouter/auto"),
        ("openrouter", "owl-alpha", None, "openrouter", "openrouter/owl-alpha"),
        ("openai", "gpt-5.4", "https://openrouter.ai/api/v1", "openrouter", "gpt-5.4"),
        ("vertex_ai", "claude-opus-4-8@20260101", None, "reseller", "anthropic/claude-opus-4-8"),
        ("vertex_ai", "meta/llama-4", None, "reseller", "meta-llama/llama-4"),
        ("vertex_ai", "jamba-1.5", None, "reseller", None),
        ("openrouter", "anthropic/*", None, "openrouter", None),
        ("openrouter", "@preset/writing", None, "openrouter", None),
        ("openai", "z-ai/glm-5.2", "https://openrouter.ai/api/v1", "openrouter", "z-ai/glm-5.2"),
        ("openrouter", "z-ai/glm-5.2", "https://proxy.example/v1", "reseller", None),
        ("openrouter", "z-ai/glm-5.2", "http://localhost:4000", "local", None),
        ("openrouter", "z-ai/glm-5.2", "${URL}", "unknown", None),
        ("openai", "gpt-5.4-2026-03-05", None, "vendor", "openai/gpt-5.4"),
        ("gemini", "gemini-3-flash-preview", None, "vendor", "google/gemini-3-flash-preview"),
        ("anthropic", "claude-sonnet-5-20260601", None, "vendor", "anthropic/claude-sonnet-5"),
        ("anthropic", "claude-sonnet-latest", None, "vendor", None),
        ("mistral", "mistral-large-latest", None, "vendor", None),
        ("openai", "gpt-5.4:flex", None, "vendor", None),
        ("ollama", "qwen3:32b", None, "local", None),
        ("bedrock", "anthropic.claude-sonnet-4-v1:0", None, "reseller", None),
        ("openai", "gpt-5.4", "https://notopenrouter.ai/v1", "reseller", "openai/gpt-5.4"),
        ("openai", "gpt-5.4", "https://[broken", "reseller", "openai/gpt-5.4"),
    ],
)
def test_where_a_request_goes_and_for_which_model(
    provider: str, name: str, base_url: str | None, goes_to: str, model_id: str | None
) -> None:
    found = identity.hop(f"{provider}/{name}", Place(Path("x"), 1), provider, name, base_url)
    assert (found.goes_to, found.model_id) == (goes_to, model_id)
