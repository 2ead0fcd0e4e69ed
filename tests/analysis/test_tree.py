"""A tree of questions, learned from examples."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from stemkit.analysis.moves import walk
from stemkit.analysis.tree import Example, Tree, learn_tree

examples = st.lists(
    st.builds(
        Example,
        st.tuples(st.floats(-100, 100, width=16), st.integers(0, 5).map(float)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=60,
)


def depth(tree: Tree, at: int = 0) -> int:
    node = tree[at]
    return 0 if isinstance(node, int) else 1 + max(depth(tree, node[2]), depth(tree, node[3]))


@given(examples)
def test_any_examples_give_a_tree_that_answers_within_its_limits(found: list[Example]) -> None:
    tree = learn_tree(found, depth=3, least=2)
    assert depth(tree) <= 3
    answers = [walk(tree, list(example.values)) for example in found]
    assert set(answers) <= {example.answer for example in found}
    commonest = max(sum(e.answer == n for e in found) for n in range(4))
    right = sum(e.answer == a for e, a in zip(found, answers, strict=True))
    assert right >= commonest  # questions never make it worse than always saying one thing
    shuffled = random.Random(1).sample(found, len(found))
    assert learn_tree(shuffled, depth=3, least=2) == tree


def test_what_one_question_divides_is_divided_where_the_gap_is() -> None:
    found = [Example((7.0, float(n)), int(n >= 10)) for n in range(20)]
    tree = learn_tree(found)
    assert tree == ((1, 9.5, 1, 2), 0, 1)


def test_one_odd_example_makes_no_rule() -> None:
    found = [Example((float(n),), int(n == 19)) for n in range(20)]
    assert learn_tree(found, least=3) == (0,)


def test_questions_that_do_not_change_the_answer_are_left_out() -> None:
    found = [Example((float(n),), 1 if n in (3, 4) else 0) for n in range(12)]
    assert learn_tree(found, depth=1) == (0,)
