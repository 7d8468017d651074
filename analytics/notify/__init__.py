"""Telling people: reports by e-mail, failures by e-mail and webhook."""
