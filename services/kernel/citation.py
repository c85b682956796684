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
    "article not checked": "条文未核对",
    "switch ": "设置项",
    "form ": "文书",
    OWN_RULE: "本系统规则",
}
_ARTICLES: Final = re.compile(r"\s*\barts?\. (\d+(?:(?:, |-)\d+)*)")


def in_chinese(basis: str) -> str:
    """Law and articles as a court writes them: "国务院令第310号 arts. 5, 6" is 国务院令第310号第5、6条."""
    cited = _ARTICLES.sub(lambda found: f"第{found[1].replace(', ', '、').replace('-', '至')}条", basis)
    for written, read in _WORDS.items():
        cited = cited.replace(written, read)
    return cited
