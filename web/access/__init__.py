"""Who is there: sign-in of agents, of demandeurs and of software, and the sessions they get (R30, R38)."""
