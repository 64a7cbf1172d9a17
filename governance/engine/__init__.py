"""Handlers of governance's clocks."""
