"""A draft is read sentence by sentence, as the pens write it."""

from genloop.judges.drafts.draft import Draft, Section, cut


def test_sentences_have_their_places_and_are_not_cut_behind_abbreviations():
    sections = (Section("Rest", "  Dr. Li slept, cf. Fig. 2 below.  Why?"), Section("", "他睡了。“真的？”\n是"))
    for language in ("en", "zh"):
        draft = Draft(sections, language)
        said = [(span.section, draft.show(span)) for span in draft.sentences]
        assert said == [
            *((0, part) for part in ("Dr. Li slept, cf. Fig. 2 below.", "Why?")),
            *((1, part) for part in ("他睡了。", "“真的？”", "是")),
        ]


def test_a_single_paragraph_is_cut_between_sentences():
    parts = cut(" ".join(f"Mr. {name} left at 5 p.m. on foot." for name in "ABCDEF"), "en")
    assert [part.text.count("Mr.") for part in parts] == [3, 3]
