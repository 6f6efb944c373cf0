"""`/api/v1`: thin handlers over the use cases; one guard in front, one translator of errors behind."""
