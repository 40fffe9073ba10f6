//! Files made to be slow to read.

use crate::pictures::a_png;

fn png_with(key: &str, text: &str) -> Vec<u8> {
    a_png(1, 1).with_text(key, text).bytes()
}

/// PNGs of some megabytes each, with texts on which work that grows with the square of their length would take hours.
pub fn slow_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    const MEGABYTES: usize = 4 << 20;
    let of = |part: &str| part.repeat(MEGABYTES / part.len());
    let texts = [
        of("Steps: 1"),
        of("\nSteps: 1"),
        of("Steps: 1, a: {"),
        of("Steps: 1, a: [\"\\"),
        of("Negative prompt:"),
        of("<lora:"),
        of("<lora:a:1>"),
        of("Steps: 1, a: \""),
        of("--v "),
        of("[a]"),
        of("{\"a\":"),
        of("&amp"),
        of("NaN"),
        format!("[{}", of("NaN,")),
        format!("\"{}\" -s 5", of("[a]")),
    ];
    texts.into_iter().flat_map(move |text| {
        let xmp = format!("<x xmlns:a='b' a:c='{}'>{text}</x>", text.replace('\'', ""));
        let open_tags = format!("<x>{}", of("<a:b c='d'>"));
        let begin: String = text.chars().take(16).collect();
        ["parameters", "Comment", "Dream", "Description", "xmp", "open tags"].into_iter().map(move |key| {
            let file = match key {
                "xmp" => png_with("XML:com.adobe.xmp", &xmp),
                "open tags" => png_with("XML:com.adobe.xmp", &open_tags),
                key => png_with(key, &text),
            };
            (format!("{key} of {begin:?}"), file)
        })
    })
}
