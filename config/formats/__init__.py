"""How days and instants are written, a module a language: the pages, the admin, the mails and Django's own words read them here."""
