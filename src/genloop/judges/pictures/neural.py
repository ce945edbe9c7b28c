"""The one door from the judges to the networks, which need torch: opened on first use."""

from genloop.core import extras

part = extras.parts("genloop", "judging pictures")
