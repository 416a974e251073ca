"""Outside identity providers (OpenID Connect): their tokens, keys and log-in."""
