"""The demo company: invented from end to end, the same every time it is loaded on the same day."""
