"""Where rows and bytes are kept: SQL through SQLAlchemy, objects in a folder or in S3."""
