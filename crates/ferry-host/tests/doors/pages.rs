//! The stacks' own pages under `/pages/`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ferry_host::doors::{Doors, DoorsError};
use ferry_template::{HttpApi, HttpRoute, Template};
use tempfile::TempDir;

use crate::double::{Double, echo, function};
use crate::harness::{Answer, Harness, raw, settings, template};

fn api(stage: &str) -> HttpApi {
    let route = HttpRoute { route_key: "GET /".to_owned(), function: "helloId".to_owned() };
    HttpApi {
        logical_id: "Api".to_owned(),
        stage: stage.to_owned(),
        stage_variables: BTreeMap::new(),
        cors: None,
        routes: vec![route],
        port: None,
    }
}

fn stack(name: &str, page: &Path) -> Template {
    let double = Double::default().with(function("hello"), echo);
    Template { stack_name: name.to_owned(), page: Some(page.to_owned()), ..template(&double, vec![api("live")]) }
}

fn open(templates: &[Template]) -> Harness {
    Harness::with_templates(Double::default().with(function("hello"), echo), templates)
}

/// A page of two files in a folder that also holds a secret beside it.
fn page() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("web/assets")).unwrap();
    for (path, text) in
        [("web/index.html", "<!doctype html><p>shop"), ("web/assets/a b.js", "1"), ("web/.env", "key"), ("secret.txt", "key")]
    {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

fn get(harness: &Harness, path: &str) -> Answer {
    harness.lambda("GET", path, &[], "")
}

#[test]
fn a_page_is_served_with_its_content_types() {
    let folder = page();
    let harness = open(&[stack("my shop", &folder.path().join("web"))]);
    let index = get(&harness, "/pages/my%20shop/");
    assert_eq!((index.status, index.text()), (200, "<!doctype html><p>shop"));
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!((index.header("cache-control"), index.header("x-content-type-options")), (Some("no-cache"), Some("nosniff")));
    let script = get(&harness, "/pages/my%20shop/assets/a%20b.js?v=1");
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    for (folder, with_slash) in [("/pages/my%20shop", "/pages/my%20shop/"), ("/pages/my%20shop/assets", "/pages/my%20shop/assets/")] {
        let moved = get(&harness, folder);
        assert_eq!((moved.status, moved.header("location")), (308, Some(with_slash)), "{folder}");
    }
    let addresses = harness.doors.as_ref().unwrap().pages();
    assert_eq!(addresses.iter().map(|page| page.url.as_str()).collect::<Vec<_>>(), [format!("{}/pages/my%20shop/", harness.lambda_url())]);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let folder = page();
    let harness = open(&[stack("shop", &folder.path().join("web"))]);
    let tag = get(&harness, "/pages/shop/").header("etag").unwrap().to_owned();
    let again = |tag: &str| harness.lambda("GET", "/pages/shop/", &[("if-none-match", tag)], "");
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let unchanged = again(&known);
        assert_eq!((unchanged.status, unchanged.text(), unchanged.header("etag")), (304, "", Some(tag.as_str())), "{known}");
    }
    std::fs::write(folder.path().join("web/index.html"), "new").unwrap();
    let changed = again(&tag);
    assert_eq!((changed.status, changed.text()), (200, "new"));
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

#[test]
fn a_page_finds_its_apis() {
    let folder = page();
    let mut shop = stack("shop", &folder.path().join("web"));
    shop.functions[0].url = Some(ferry_template::FunctionUrl { invoke_mode: ferry_template::InvokeMode::Buffered, cors: None });
    let harness = open(&[shop, Template { http_apis: vec![api("$default")], page: None, ..stack("other", folder.path()) }]);
    let apis = harness.doors.as_ref().unwrap().apis();
    let answer = get(&harness, "/pages/shop/ferry.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let (api, url) = (apis[0].url.trim_end_matches('/'), apis[1].url.trim_end_matches('/'));
    assert!(api.ends_with("/live"), "{api}");
    let wanted = serde_json::json!({ "stack": "shop", "apis": { "Api": api }, "function_urls": { "helloId": url }, "web_sockets": {} });
    assert_eq!(answer.json(), wanted);
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let folder = page();
    let web = folder.path().join("web");
    std::os::unix::fs::symlink("../secret.txt", web.join("link.txt")).unwrap();
    std::os::unix::fs::symlink("..", web.join("up")).unwrap();
    std::os::unix::fs::symlink("index.html", web.join("home.html")).unwrap();
    let harness = open(&[stack("shop", &web)]);
    for path in [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "assets/../../secret.txt",
        "/etc/passwd",
        "link.txt",
        "up/secret.txt",
        "up/",
        ".env",
        "%2eenv",
    ] {
        // Written by hand: a client would tidy the path.
        let answer = raw(
            &harness.lambda_url(),
            format!("GET /pages/shop/{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("key"), "{path}: {answer}");
    }
    assert_eq!(get(&harness, "/pages/shop/home.html").status, 200, "a link that stays inside is followed");
}

#[test]
fn only_reading_is_answered() {
    let folder = page();
    let harness = open(&[stack("shop", &folder.path().join("web"))]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let refused = harness.lambda(method, "/pages/shop/", &[], "{}");
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let head = raw(&harness.lambda_url(), b"HEAD /pages/shop/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-length: 22") && head.ends_with("\r\n\r\n"), "{head}");
    let foreign = harness.lambda("GET", "/pages/shop/", &[("host", "evil.example")], "");
    assert_eq!(foreign.status, 403);
}

#[test]
fn what_is_not_there_is_said() {
    let folder = page();
    let harness = open(&[stack("shop", &folder.path().join("web/dist"))]);
    let unbuilt = get(&harness, "/pages/shop/");
    assert!(unbuilt.status == 404 && unbuilt.text().contains("The page is not built"), "{unbuilt:?}");
    let unknown = get(&harness, "/pages/shops/");
    assert!(unknown.status == 404 && unknown.text().contains("there are: shop"), "{unknown:?}");
    assert_eq!(get(&harness, "/pages").status, 404);
    std::fs::create_dir(folder.path().join("web/dist")).unwrap();
    assert_eq!(get(&harness, "/pages/shop/").text(), "There is no such file in this page\n");
    let huge = std::fs::File::create(folder.path().join("web/dist/huge.bin")).unwrap();
    huge.set_len(33 * 1024 * 1024).unwrap();
    let huge = get(&harness, "/pages/shop/huge.bin");
    assert!(huge.status == 500 && huge.text().contains("larger than 33554432 bytes"), "{huge:?}");
}

#[test]
fn two_pages_of_one_name_cannot_open() {
    let templates = [stack("shop", Path::new("/a/web")), stack("shop", Path::new("/b/web"))];
    let double = Arc::new(Double::default().with(function("hello"), echo));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(Doors::open(Arc::clone(&double) as _, &templates, double, settings())).expect_err("one name");
    assert!(matches!(refused, DoorsError::TwoPages { .. }));
    assert!(refused.to_string().starts_with("two stacks called shop have a page, /a/web and /b/web"), "{refused}");
}
