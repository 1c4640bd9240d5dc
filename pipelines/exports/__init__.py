"""The files for other programs: gateways, marts, and their delivery as one set."""
