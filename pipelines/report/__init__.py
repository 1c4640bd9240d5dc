"""The weekly report, the digest and the notification: for people who look before they read."""
