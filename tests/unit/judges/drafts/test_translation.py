"""Numbers of translations are compared as values, in both directions."""

import pytest

from genloop.judges.drafts import translation


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("会议于2024年3月5日举行，共有120人参加。", "The meeting was held on March 5, 2024; 120 people attended."),
        ("2024年3月，又于4月5日", "In March 2024, and again on 5 April"),
        ("公司去年收入2.5亿元，员工有1000人。", "The company earned 250 million yuan and had 1,000 staff."),
        ("门票价格为1.2万元。", "A ticket costs 12,000 yuan."),
        ("酒店有３个餐厅、1个花园。", "The hotel has three restaurants and one garden."),
        ("第2天下雨，第二天晴。", "It rained on the second day; then the sun shone."),
        ("两家公司都来了。", "Both companies came."),
        ("占百分之三十", "It makes 30% of it."),
        ("90年代", "the 1990s"),
        ("5月开业", "It opens in May."),
        ("一千二百人", "1,200 people"),
    ],
)
def test_a_number_may_be_written_in_the_way_of_its_language(chinese, english):
    assert translation.differing(chinese, english) == translation.differing(english, chinese) == []


@pytest.mark.parametrize(
    ("chinese", "english", "told"),
    [
        ("有42间客房。", "It has 24 rooms.", ["24", "42"]),
        ("收入2.5亿元", "earned 250 yuan", ["2.5亿", "250"]),
        ("1.2万人", "1.2 million people", ["1.2 million", "1.2万"]),
        ("3月5日", "on April 5", ["3"]),
        ("3月1日", "on January 3", ["1", "3", "3"]),
        ("共120人", "many people", ["120"]),
        ("许多人", "120 people", ["120"]),
        ("占30%", "It makes 3%.", ["3%", "30%"]),
    ],
)
def test_another_number_is_told_as_it_is_written(chinese, english, told):
    assert translation.differing(chinese, english) == sorted(set(told))
