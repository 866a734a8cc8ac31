from fer import purpose
from fer.settings import ROOT


def test_the_readme_says_the_same():
    text = " ".join((ROOT / "README.md").read_text("utf-8").replace(">", "").split())
    for sentence in (purpose.LAW, purpose.NOT_FOR, purpose.NOT_A_FEELING, purpose.CONSENT):
        assert sentence in text.replace("**", "")
