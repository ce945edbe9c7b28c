"""The run-time type check that tests put on genloop: beartype, with an int accepted for a float as PEP 484 has it."""

from beartype import BeartypeConf, beartype

typed = beartype(conf=BeartypeConf(is_pep484_tower=True))
