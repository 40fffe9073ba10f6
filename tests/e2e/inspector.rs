//! The inspector: parameters in words, and many images at once.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use serde_json::{Value, json};
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::{Picture, a_jpeg, a_png};
use vitrine_tests::process::app_binary;
use vitrine_tests::rows::{id_of, many, set_every_notice};
use vitrine_tests::window::AppWindow;

/// Returns what `ComfyUI` writes for a picture that was made in two passes with a `LoRA`.
fn a_graph() -> Value {
    let node = |class: &str, inputs: Value| json!({ "class_type": class, "inputs": inputs });
    let pass = |latent: Value, seed: u64, steps: u32, denoise: f64| {
        let inputs = json!({
            "model": ["2", 0], "positive": ["3", 0], "negative": ["4", 0], "latent_image": latent,
            "seed": seed, "steps": steps, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras",
            "denoise": denoise,
        });
        node("KSampler", inputs)
    };
    json!({
        "1": node("CheckpointLoaderSimple", json!({ "ckpt_name": "harbour_xl.safetensors" })),
        "2": node("LoraLoader", json!({ "model": ["1", 0], "clip": ["1", 1],
            "lora_name": "film-grain.safetensors", "strength_model": 0.8, "strength_clip": 1.0 })),
        "3": node("CLIPTextEncode", json!({ "clip": ["2", 1], "text": "a lighthouse at dusk" })),
        "4": node("CLIPTextEncode", json!({ "clip": ["2", 1], "text": "blurry" })),
        "5": node("EmptyLatentImage", json!({ "width": 1280, "height": 704, "batch_size": 1 })),
        "6": pass(json!(["5", 0]), 18_446_744_073_709_551_615, 30, 1.0),
        "7": node("LatentUpscaleBy", json!({ "samples": ["6", 0], "scale_by": 1.5 })),
        "8": pass(json!(["7", 0]), 1_122_440_447_966_177, 12, 0.35),
        "9": node("VAEDecode", json!({ "samples": ["8", 0], "vae": ["1", 2] })),
        "10": node("SaveImage", json!({ "images": ["9", 0], "filename_prefix": "harbour" })),
    })
}

/// Returns a picture with the parameters of the web UI.
fn from_the_web_ui(seed: u64, prompt: &str, model: &str) -> Picture {
    let text = format!(
        "{prompt}\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: {seed}, \
         Model: {model}, Version: v1.10.1"
    );
    a_png(64, 48).seed(seed).with_text("parameters", &text)
}

const PARAMETERS: &str = "[data-testid=parameters]";

/// Returns the names of the inspector's buttons that overlap one another or are outside the
/// inspector.
async fn collisions(window: &AppWindow<'_>) -> Vec<String> {
    let js = "const aside = document.querySelector('[data-testid=inspector]').getBoundingClientRect();
        const buttons = [...document.querySelectorAll('[data-testid=inspector] button')]
            .map((button) => ({ name: button.innerText || button.ariaLabel, box: button.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0);
        const outside = buttons.filter(({ box }) => box.left < aside.left || box.right > aside.right + 1);
        const over = buttons.filter((one) => buttons.some((other) => one !== other
            && one.box.left < other.box.right - 1 && other.box.left < one.box.right - 1
            && one.box.top < other.box.bottom - 1 && other.box.top < one.box.bottom - 1));
        return [...outside, ...over].map(({ name }) => name);";
    let found = window.script(js).await;
    found.as_array().unwrap().iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_shown_in_words_and_tables_and_never_as_json() {
    let fixture = DesktopFixture::new();
    let picture = a_png(128, 70).with_text("prompt", &a_graph().to_string());
    fixture.import(&[picture.write_to(&fixture.dropped(), "harbour.png")]).await;
    let image = fixture.list("generated").await.remove(0);
    let passes = &image["generation_params"]["passes"];
    assert_eq!((&passes[0]["node"], &passes[0]["steps"]), (&json!("KSampler"), &json!(12)));
    let options = DesktopOptions { screen: Some((1280, 800)), ..DesktopOptions::default() };
    let desktop = Desktop::start(options).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.click(&tile(image["id"].as_str().unwrap())).await;
    window.wait_for(PARAMETERS).await;

    let js = "return [...document.querySelectorAll('[data-testid=parameters] dl > div')].map((entry) =>
        [entry.querySelector('dt').innerText, entry.querySelector('.value').innerText.replace(/\\s+/g, ' ').trim()])";
    let shown = window.script(js).await;
    let value = |name: &str| {
        let entry = shown.as_array().unwrap().iter().find(|entry| entry[0] == name);
        entry.unwrap_or_else(|| panic!("{name} is not in {shown}"))[1].as_str().unwrap().to_owned()
    };
    assert_eq!(value("Size"), "1280 × 704");
    assert_eq!((value("Steps"), value("CFG"), value("Tool")), ("30".into(), "6.5".into(), "ComfyUI".into()));
    assert_eq!(value("LoRAs"), "film-grain.safetensors 0.8");
    let pass = value("Later pass");
    for part in ["KSampler", "Steps 12", "Denoise 0.35", "Seed 1122440447966177"] {
        assert!(pass.contains(part), "{part} is not in {pass}");
    }
    let all = window.text(PARAMETERS).await;
    assert!(!all.contains(['{', '}', '[', ']', '"']), "{all}");

    // The actions on the parameters are buttons that do not overlap.
    for hook in ["save-workflow", "copy-parameters"] {
        let border =
            format!("return getComputedStyle(document.querySelector('[data-testid={hook}]')).borderTopWidth");
        assert_eq!(window.script(&border).await, "1px");
    }
    assert_eq!(collisions(&window).await, [] as [String; 0]);
    let show = "document.querySelector('[data-testid=parameters]').scrollIntoView()";
    let _ = window.script(show).await;
    window.screenshot("parameters");
    click(&window, "nav-settings").await;
    click(&window, "text-size-200").await;
    click(&window, "nav-history").await;
    window.wait_for(PARAMETERS).await;
    assert_eq!(collisions(&window).await, [] as [String; 0]);
    let _ = window.script(show).await;
    window.screenshot("parameters-large-text");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_shows_shared_values_and_is_published_together() {
    let fixture = DesktopFixture::new();
    let pictures = [
        from_the_web_ui(1, "a fox in snow", "harbour_xl").write_to(&fixture.dropped(), "1.png"),
        from_the_web_ui(2, "a fox in snow", "harbour_xl").write_to(&fixture.dropped(), "2.png"),
        from_the_web_ui(3, "a fox in snow", "dune_xl").write_to(&fixture.dropped(), "3.png"),
    ];
    fixture.import(&pictures).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    window.press("Home");
    window.press("ctrl+a");
    window.wait_text("[data-testid=together-count]", "3 images").await;
    window.wait_for("[data-testid=together-bytes]").await;
    window.screenshot("together");
    let prompt = "return document.querySelector('[data-testid=together-prompt] textarea').value";
    assert_eq!(window.script(prompt).await, "a fox in snow");
    assert_eq!(window.text("[data-testid=together-seed]").await, "3 different seeds");
    assert_eq!(window.text("[data-testid=together-tools]").await, "AUTOMATIC1111");
    assert_eq!(window.text("[data-testid=together-formats]").await, "PNG");
    assert_eq!(window.text("[data-testid=together-uploads]").await, "On this computer only");
    let models = window.text("[data-testid=together-models]").await;
    let models: Vec<&str> = models.split_whitespace().collect();
    assert_eq!(models, ["harbour_xl", "2", "dune_xl", "1"]);

    click(&window, "inspector-visibility-public").await;
    let public = async || {
        let images = fixture.list("generated").await;
        images.iter().filter(|image| image["visibility"] == "public").count()
    };
    window.eventually("all are public", async || public().await == 3).await;
    window.press("ctrl+z");
    window.eventually("all are unlisted again", async || public().await == 0).await;

    // If the images differ, nothing is selected, and the numbers show how they differ.
    window.press("Home");
    window.press("v");
    window.eventually("one is public", async || public().await == 1).await;
    window.press("ctrl+a");
    window.wait_text("[data-testid=together-visibility]", "1 public, 2 unlisted").await;
    assert_eq!(window.count("[data-testid=inspector] [role=radio][aria-checked=true]").await, 0);
    window.close().await;
}

/// 1 June 2019, 14:30 in UTC, which is the time zone of the desktop.
const SAID: i64 = 1_559_399_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_shows_the_source_of_a_date_and_undoes_a_change_of_it() {
    let fixture = DesktopFixture::new();
    // This is Exif's DateTimeOriginal.
    let picture = a_jpeg(64, 48).with_exif_text(0x9003, "2021:03:17 12:30:00");
    fixture.import(&[picture.write_to(&fixture.dropped(), "fox.jpg"), fixture.picture(1)]).await;
    set_every_notice(&fixture.library(), "incomplete metadata_in_part");
    let image =
        fixture.list("generated").await.into_iter().find(|image| image["filename"] == "fox.jpg").unwrap();
    let id = image["id"].as_str().unwrap();
    let made = async || {
        let images = fixture.list("generated").await;
        let image = images.into_iter().find(|image| image["id"] == id).unwrap();
        (image["created_at"].as_i64().unwrap(), image["created_from"].as_str().unwrap().to_owned())
    };
    let before = made().await;
    assert_eq!(before.1, "exif");

    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.click(&tile(id)).await;
    window.wait_text("[data-testid=made-from]", "from the file's EXIF data").await;
    let field = "[data-testid=inspector] textarea[aria-label=Made]";
    let shown = window.script(&format!("return document.querySelector('{field}').value")).await;
    assert!(shown.as_str().unwrap().starts_with("17 Mar 2021, "), "{shown}");
    window.wait_text("[data-testid=notice-incomplete]", "The file ends early").await;
    window.wait_text("[data-testid=notice-metadata_in_part]", "too large to read").await;
    window.screenshot("made-and-notices");

    window.type_into(field, "one summer").await;
    window.press("Return");
    window.wait_text("[data-testid=inspector] [role=alert]", "Write a date").await;
    window.type_into(field, "2019-06-01 14:30").await;
    window.press("Return");
    window.wait_for("[data-testid=revert-made]").await;
    assert_eq!(made().await, (SAID, "artist".to_owned()));
    // The image is at another position in the list now, and it is still the current one.
    window.wait_text("[data-testid=made-from]", "set by you").await;
    click(&window, "revert-made").await;
    window.wait_gone("[data-testid=revert-made]").await;
    assert_eq!(made().await, before);
    window.press("ctrl+z");
    window.eventually("the artist's word counts again", async || made().await.0 == SAID).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_images_are_dated_in_one_step() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1), fixture.picture(2), fixture.picture(3)]).await;
    let dates = async || {
        let mut images = fixture.list("generated").await;
        images.sort_by_key(|image| image["id"].as_str().map(str::to_owned));
        images.iter().map(|image| image["created_at"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let before = dates().await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 3).await;
    window.press("Home");
    window.press("ctrl+a");
    window.wait_for("[data-testid=together-made] textarea").await;
    window.type_into("[data-testid=together-made] textarea", "2019-06-01 14:30").await;
    window.press("Return");
    window.eventually("all have the date", async || dates().await == [SAID; 3]).await;
    window.wait_text("[data-testid=together-made-from]", "set by you").await;
    window.screenshot("together-dated");
    window.press("ctrl+z");
    window.eventually("each has its own date again", async || dates().await == before).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn images_in_the_trash_and_references_are_summarised_too() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1), fixture.picture(2)]).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    window.press("Home");
    window.press("ctrl+a");
    window.wait_for("[data-testid=together-bytes]").await;
    window.press("Delete");
    window.wait_count(TILE, 0).await;
    click(&window, "nav-trash").await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    window.press("Home");
    window.press("ctrl+a");
    window.wait_for("[data-testid=together-bytes]").await;
    assert_eq!(window.count("[data-testid=inspector] [role=radio]").await, 0);
    window.screenshot("together-trash");
    click(&window, "together-restore").await;
    window.wait_count(TILE, 0).await;
    click(&window, "nav-history").await;
    window.wait_count(TILE, 2).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_responds_while_100_000_selected_images_are_summarised() {
    const COUNT: u32 = 100_000;
    let fixture = DesktopFixture::new();
    let library = fixture.open().await;
    let (folder, owner) = (fixture.library(), library.owner());
    drop(library);
    tokio::task::spawn_blocking(move || many(&folder, &owner, COUNT)).await.unwrap();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_text("footer", "100,000 images").await;
    window.wait_for(&tile(&id_of(0))).await;
    window.press("Home");
    window.press("ctrl+a");
    window.wait_text("[data-testid=together-count]", "100,000 images").await;
    window.wait_text("[data-testid=together-bytes]", "150 GB").await;
    window.wait_text("[data-testid=together-prompt]", "100,000 different prompts").await;
    window.screenshot("together-100000");
    // The next selection does not wait for the previous summary.
    window.press("ctrl+a");
    window.press("Home");
    window.wait_for("[data-testid=inspector-tab-raw]").await;
    window.press("Escape");
    window.wait_gone("[data-testid=selection-bar]").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_being_written_is_saved_when_the_window_closes() {
    let fixture = DesktopFixture::new();
    fixture.import(&[fixture.picture(1)]).await;
    let id = fixture.list("generated").await.remove(0)["id"].as_str().unwrap().to_owned();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_count(TILE, 1).await;
    window.click(&tile(&id)).await;
    let note = "[data-testid=note] textarea";
    window.wait_for(note).await;
    // The field is not left.
    window.type_into(note, "for the cover").await;
    window.close().await;
    assert_eq!(fixture.list("generated").await[0]["note"], "for the cover");
}
