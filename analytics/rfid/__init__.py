"""RFID reads into passages of items: what was tried on, bought, left unpaid."""
