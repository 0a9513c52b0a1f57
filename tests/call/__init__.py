import pytest

pytest.register_assert_rewrite("tests.call.handset", "tests.call.service_answers")
