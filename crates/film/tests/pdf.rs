//! A page becomes a PDF with text that can be searched.

mod tools;

/// The text of a PDF by Debian's `pdftotext`, if it is there.
fn text_of(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.pdf");
    std::fs::write(&file, pdf).unwrap();
    let output = std::process::Command::new("pdftotext").arg(&file).arg("-").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn a_page_is_printed_with_its_text_on_as_many_sheets_as_it_breaks_into() {
    let Some(tools) = tools::both() else { return };
    let html = "<!doctype html><html lang=\"en\"><head><title>Submission</title></head><body><h1>Permissions</h1>\
        <p>pages_messaging lets agents answer.</p><h1 style=\"break-before: page\">Second sheet</h1>\
        <script>document.body.textContent = 'overwritten'</script></body></html>";
    let pdf = film::pdf(&tools.chromium, html).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"), "a PDF begins so");
    let sheets = pdf.windows(11).filter(|it| *it == b"/Type /Page").count();
    let trees = pdf.windows(12).filter(|it| *it == b"/Type /Pages").count();
    assert_eq!(sheets - trees, 2, "one sheet for each side of the break");
    if let Some(text) = text_of(&pdf) {
        assert!(text.contains("pages_messaging lets agents answer."), "{text}");
        assert!(!text.contains("overwritten"), "scripts must not run");
    }
}
