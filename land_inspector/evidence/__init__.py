"""Measuring and cutting patches against layers."""
