"""The workshop of the API: who asks, what they may do, how rows become answers. Resources live beside, one file a noun."""
