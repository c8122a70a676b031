//! `Metadata.Ferry` of the template itself: the stack's page.

use crate::{folder, parse, told};

fn with(metadata: &str) -> String {
    format!("Metadata: {metadata}\nResources:\n  T: {{ Type: AWS::Logs::LogGroup }}\n")
}

#[test]
fn a_page_is_a_folder_inside_the_templates() {
    for written in ["web/dist", "./web/dist/", "web/./dist"] {
        assert_eq!(parse(&with(&format!("{{ Ferry: {{ Page: {written} }} }}"))).page, Some(folder("web/dist")), "{written}");
    }
    for none in ["{}", "{ Ferry: {} }", "{ Ferry: ~ }", "{ AWS::CloudFormation::Interface: { Page: x } }"] {
        assert_eq!(parse(&with(none)).page, None, "{none}");
    }
}

#[test]
fn a_page_anywhere_else_is_refused() {
    for written in ["..", "web/../..", "/srv/www", ".", "./", "''", "https://page.example/"] {
        let problem = "is no folder inside the template's; name the folder of the built page, such as web/dist";
        let told = told(&with(&format!("{{ Ferry: {{ Page: {written} }} }}")));
        assert!(told.len() == 1 && told[0].starts_with("1:28: Page `") && told[0].ends_with(problem), "{written}: {told:?}");
    }
    for (metadata, problem) in [
        ("{ Ferry: { Page: [web] } }", "1:20: Page is a list; write a single value"),
        ("{ Ferry: { Page: !Sub web } }", "1:20: Page is an intrinsic function; write a single value"),
        ("{ Ferry: { Pages: web } }", "1:20: unknown property `Pages`; did you mean `Page`?"),
        ("{ Ferry: web }", "1:13: Ferry is a single value; write a map"),
    ] {
        let told = told(&with(metadata));
        assert!(told.len() == 1 && told[0].contains(&problem[6..]), "{metadata}: {told:?}");
    }
}
