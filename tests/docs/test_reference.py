"""The command reference is what the commands say."""

import pytest

from tests.docs.reference import FILES, reference


@pytest.mark.parametrize("language", FILES)
def test_the_reference_is_up_to_date(language):
    told = FILES[language].read_text(encoding="utf-8")
    assert reference(language) == told, "write it anew: python -m tests.docs.reference"
