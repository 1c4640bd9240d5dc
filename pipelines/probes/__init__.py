"""What gateways report of themselves, and whether that is what was exported."""
