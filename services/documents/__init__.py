"""Enforcement documents (执法文书): numbers, sheets, the case file and its review."""
