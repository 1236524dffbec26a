"""Where siblings meet: each joint fulfils a protocol that one domain declares by what another one has."""
