"""The core's IO edge: untrusted files opened in capped children, pages one by one, marks, pieces."""
