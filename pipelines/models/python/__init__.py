"""The models that SQL cannot express: random draws, and state carried from week to week."""
