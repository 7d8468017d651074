"""Tills that push: receipts by HTTP on this machine, written to the inbox of the importer."""
