from schemas.problem import ProblemSchema


def test_what_is_wrong_is_told_by_its_place() -> None:
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "See errors.",
        "instance": "/v1/articles",
        "request_id": "1",
    }
    fault = {"field": "limit", "message": "must be a whole number"}
    shown = ProblemSchema().dump(problem | {"errors": [fault | {"in_": "query"}]})
    assert shown == problem | {"errors": [fault | {"in": "query"}]}
    assert ProblemSchema().dump(problem) == problem
