"""The weekly report, the digest, the feed and the notification."""
