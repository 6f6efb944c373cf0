"""The core: what an envoi is, how it is cut into pieces, and where each piece may go."""
