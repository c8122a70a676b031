"""HTTP APIs and function URLs, as a browser or curl would call them."""

import json

from conftest import http


def test_an_http_api_route_carries_its_path_parameter(host):
    status, headers, body = http("GET", host.urls["Api"] + "/hello/ada%20l?x=1&x=2")
    # The function answers without a statusCode, so its answer is the body.
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"hello": None}


def test_an_unknown_route_is_not_found(host):
    status, _, body = http("GET", host.urls["Api"] + "/nowhere")
    assert (status, json.loads(body)) == (404, {"message": "Not Found"})


def test_cors_is_answered_by_the_api(host):
    asked = {"Origin": "https://ferry.example", "Access-Control-Request-Method": "POST"}
    status, headers, _ = http("OPTIONS", host.urls["Api"] + "/hello/ada", headers=asked)
    assert status in (200, 204)
    assert headers["access-control-allow-origin"] == "https://ferry.example"
    assert "POST" in headers["access-control-allow-methods"]


def test_a_function_url_answers(host):
    status, _, body = http("POST", host.urls["HelloRust"] + "/", body=b'{"any": "thing"}')
    assert (status, json.loads(body)) == (200, {"hello": None})


def test_a_streaming_function_url_sends_status_headers_and_parts(host):
    status, headers, body = http("GET", host.urls["StreamNode"] + "/")
    assert (status, headers["content-type"], headers["x-made-by"]) == (201, "text/plain", "stream")
    assert body == b"part 0\npart 1\npart 2\n"
