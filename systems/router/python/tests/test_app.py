"""The handler: requests in, responses out."""

import base64
import json

import pytest


def event(body, path="/route", method="POST", encoded=False):
    return {"rawPath": path, "requestContext": {"http": {"method": method}}, "body": body, "isBase64Encoded": encoded}


def ask(app, body, **rest):
    response = app.handler(event(body if isinstance(body, str | None) else json.dumps(body), **rest), None)
    return response["statusCode"], json.loads(response["body"])


def test_a_route_in_full(app):
    status, body = ask(app, {"origin": [60.17, 24.901], "destination": [60.1712, 24.904]})
    assert status == 200
    assert [segment["name"] for segment in body["segments"]] == ["Long Street", None]
    assert body["segments"][0]["coordinates"][-1] == [24.904, 60.17]
    assert body["segments"][1]["coordinates"] == [[24.904, 60.17], [24.904, 60.1712]]
    assert body["total_cost"] == sum(segment["stress_cost"] for segment in body["segments"])
    assert set(body["segments"][0]) == {"coordinates", "length_m", "stress_cost", "name", "highway", "infra_type", "cost_components"}
    assert all(sum(segment["cost_components"].values()) == segment["stress_cost"] for segment in body["segments"])


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ("", "body", "is missing"),
        (None, "body", "is missing"),
        ("{", "body", "is not JSON"),
        ("[1,2]", "body", "is not a JSON object"),
        ('{"destination":[60.17,24.9]}', "origin", "is missing"),
        ('{"origin":[60.17,24.9]}', "destination", "is missing"),
        ('{"origin":[60.17],"destination":0}', "origin", "is not a pair"),
        ('{"origin":[true,24.9],"destination":0}', "origin", "is not a pair"),
        ('{"origin":["60.17",24.9],"destination":0}', "origin", "is not a pair"),
        ('{"origin":[90.1,24.9],"destination":0}', "origin", "is outside"),
        ('{"origin":[123456789012345678901234567890,0]}', "origin", "is outside"),
        ('{"origin":[1e999,0]}', "body", "is not JSON"),
    ],
)
def test_bad_requests_name_the_field(app, body, field, problem):
    status, answer = ask(app, body)
    assert (status, answer["error"], answer["field"]) == (400, "bad_request", field)
    assert problem in answer["message"]


def test_other_statuses(app):
    far = {"origin": [60.17, 24.9], "destination": [0, 0]}
    status, answer = ask(app, far)
    assert (status, answer["error"], answer["field"]) == (422, "no_street_nearby", "destination")
    assert ask(app, "{}", path="/routes")[0] == 404
    assert ask(app, " " * 65_537)[0] == 413
    assert app.handler(event("{}", method="GET"), None)["headers"] == {"content-type": "application/json", "allow": "POST"}


def test_base64(app):
    text = json.dumps({"origin": [60.17, 24.9], "destination": [60.17, 24.9]})
    status, answer = ask(app, base64.b64encode(text.encode()).decode(), encoded=True)
    assert (status, answer) == (200, {"total_cost": 0, "total_length_m": 0.0, "segments": []})
    assert ask(app, "not base64!", encoded=True)[1]["message"] == "body is not base64"
