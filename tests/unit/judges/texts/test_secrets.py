from genloop.judges.texts import secrets


def test_long_numbers_addresses_and_accounts_are_secrets():
    text = "Call +86 138-0013-8000 or mail Ann.Lee@example.org, see https://shop.example/a?b=1, order AB12CD34, 2024年"
    assert secrets.read(text) == {
        "+8613800138000": "number",
        "ann.lee@example.org": "e-mail",
        "https://shop.example/a?b=1": "address",
        "AB12CD34".lower(): "account",
    }


def test_what_many_texts_hold_is_no_secret():
    texts = ["call 400800900"] * 5 + ["call 123456789"]
    known = secrets.rare(texts, 5)
    assert known == {"123456789": "number"}
    assert secrets.told(["ring 123 456 789 now", "ring 400800900", "nothing"], known) == [["number"], [], []]
