"""The mobile access gateway: attachment, registration, router advertisement, prefix delegation."""
