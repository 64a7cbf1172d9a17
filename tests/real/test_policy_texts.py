"""Policy texts of real organisations come in whole, word for word, and read back from their export."""

import pytest
from django.core.management import call_command

from governance.library import words_in
from governance.models import PolicyVersion
from governance.rules.files import read_file, write_file

pytestmark = [pytest.mark.real, pytest.mark.django_db]


def test_real_policies_keep_every_word(real_data, capsys):
    texts = sorted(path for path in (real_data / "policy-texts").rglob("*.md") if path.name != "LICENSE.md")
    assert len(texts) >= 2
    for path in texts:
        call_command("import_policy", str(path), "--language", "en")
        whole = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        after = whole.split("\n---\n", 1)[1] if whole.startswith("---\n") else whole
        version = PolicyVersion.objects.latest("pk")
        body = version.texts.get(language="en").body
        assert (body.split(), words_in(body)) == (after.split(), words_in(after))
        told = write_file(title=str(version.policy), body=body, front={"language": "en"})
        assert read_file(told.encode()).body.strip() == body.strip()
    assert capsys.readouterr().out.count("new policy") == len(texts)
