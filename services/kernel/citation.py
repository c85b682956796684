"""Laws and articles as people who read Chinese cite them.

The contract writes a basis once, in the form that code and documentation read: "国务院令第310号 arts. 5, 6; design".
"""

import re
from typing import Final

OWN_RULE: Final = "design"
"""The basis of a rule that no law gives but this platform sets."""
_WORDS: Final = {
    "; ": "；",
    "number of days: ": "天数：",
    "number of hours: ": "小时数：",
    "unit of the days: ": "日的单位：",
    "length: ": "期间：",
    "second person: ": "第二人核对：",
    "conversion of kinds: ": "证据种类转换：",
    "what they leave open: ": "其未规定的：",
    "article not checked": "条文未核对",
    "from knowledge": "未经核对",
    "not binding on transport": "不约束交通运输",
    ", taken over as default": "，参照为默认",
    ", after ": "，参照",
    "the 7 working days of market regulation": "市场监管规定的七个工作日",
    "the 15 working days of market regulation": "市场监管规定的十五个工作日",
    "monthly, at month start": "每月月初",
    "switch ": "设置项",
    "switch": "设置项",
    "form ": "文书",
    OWN_RULE: "本系统规则",
}
"""In this order: a phrase before the words in it."""
_ARTICLES: Final = re.compile(r"\s*\barts?\. (\d+(?:(?:, |-)\d+)*)")


def in_chinese(basis: str) -> str:
    """Law and articles as a court writes them: "国务院令第310号 arts. 5, 6" is 国务院令第310号第5、6条."""
    cited = _ARTICLES.sub(lambda found: f"第{found[1].replace(', ', '、').replace('-', '至')}条", basis)
    for written, read in _WORDS.items():
        cited = cited.replace(written, read)
    return cited
