"""The requests to OpenRouter, the contracts of its responses, and the recorded sample."""
