//! How a picture was made is imported with it, can be edited and reverted, and is read again
//! by a newer reader.

use rusqlite::Connection;
use serde_json::json;
use std::io::Write;
use tokio_util::sync::CancellationToken;
use vitrine_core::model::{GenerationField, ImageEdit, ImageId, ImageKind, Notice, PageRequest, SearchPlace};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, references};
use vitrine_tests::pictures::{Picture, a_png};
use vitrine_tests::rows;

const PARAMETERS: &str = "a fox in snow\nNegative prompt: blurry\nSteps: 24, Sampler: DPM++ 2M, CFG scale: 6.5, \
    Seed: 18446744073709551615, Size: 832x1216, Model hash: 45a21ea00a, Model: dreamshaper, Version: v1.10.1";

fn with_generation_data() -> Picture {
    a_png(64, 64).with_text("parameters", PARAMETERS)
}

async fn row(library: &vitrine_core::Library) -> vitrine_core::model::GeneratedImage {
    library.get_my_images(&PageRequest::first(1)).await.unwrap().page.remove(0)
}

fn edit(prompt: &str) -> ImageEdit {
    ImageEdit { prompt: Some(prompt.to_owned()), ..ImageEdit::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_reads_prompt_model_seed_and_parameters() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_picture(&library, &with_generation_data(), generated()).await;
    let image = row(&library).await;
    assert_eq!((image.prompt.as_str(), image.negative_prompt.as_deref()), ("a fox in snow", Some("blurry")));
    assert_eq!((image.model.as_str(), image.seed.as_deref()), ("dreamshaper", Some("18446744073709551615")));
    let params = image.generation_params;
    assert_eq!(
        (&params["tool"], &params["steps"], &params["cfg"]),
        (&json!("automatic1111"), &json!(24), &json!(6.5))
    );
    assert_eq!(params["model_hash"], "45a21ea00a");
}

#[tokio::test(flavor = "multi_thread")]
async fn generation_data_in_a_sidecar_is_read_and_a_caption_is_not() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    a_png(16, 16).write_to(&fixture.inbox(), "picture.png");
    std::fs::write(fixture.inbox().join("picture.txt"), PARAMETERS).unwrap();
    a_png(16, 16).seed(2).write_to(&fixture.inbox(), "caption.png");
    std::fs::write(fixture.inbox().join("caption.txt"), "a fox, snow, watercolour").unwrap();
    assert_eq!(import(&library, vec![fixture.inbox()], generated()).await.imported, 2);
    let page = library.get_my_images(&PageRequest::first(2)).await.unwrap().page;
    let prompt = |name: &str| page.iter().find(|image| image.filename == name).unwrap().prompt.clone();
    assert_eq!((prompt("picture.png").as_str(), prompt("caption.png").as_str()), ("a fox in snow", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_keeps_its_texts_and_needs_none() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let with = import_picture(&library, &with_generation_data(), references(None)).await;
    let without = import_picture(&library, &a_png(16, 16), references(None)).await;
    assert_eq!(library.raw_metadata(&with).await.unwrap()[0].value.as_deref(), Some(PARAMETERS));
    assert!(library.raw_metadata(&without).await.unwrap().is_empty());
    assert_eq!(library.detail(&with).await.unwrap().kind, ImageKind::Reference);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_saved_apart_from_what_was_read_and_can_be_undone() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &with_generation_data(), generated()).await;
    assert!(library.detail(&id).await.unwrap().edited.is_empty());

    library.edit(&id, edit("a wolf")).await.unwrap();
    let edited = library.edit(&id, edit("a bear")).await.unwrap();
    assert_eq!((edited.prompt.as_str(), edited.edited), ("a bear", vec![GenerationField::Prompt]));
    let reverted = library.revert_edit(&id, GenerationField::Prompt).await.unwrap();
    assert_eq!((reverted.prompt.as_str(), reverted.edited), ("a fox in snow", vec![]));
    // A field that nobody edited stays as it is.
    let same = library.revert_edit(&id, GenerationField::Seed).await.unwrap();
    assert_eq!(same.seed.as_deref(), Some("18446744073709551615"));
    // Typing the original value again removes the edit.
    library.edit(&id, edit("a wolf")).await.unwrap();
    assert!(library.edit(&id, edit("a fox in snow")).await.unwrap().edited.is_empty());
    // A cleared field can be restored too.
    let cleared = ImageEdit { negative_prompt: Some(String::new()), ..ImageEdit::default() };
    assert_eq!(library.edit(&id, cleared).await.unwrap().negative_prompt, None);
    let back = library.revert_edit(&id, GenerationField::NegativePrompt).await.unwrap();
    assert_eq!(back.negative_prompt.as_deref(), Some("blurry"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_for_other_programs_has_the_metadata_that_was_read_and_edited() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &with_generation_data(), generated()).await;
    library.edit(&id, edit("a wolf")).await.unwrap();
    let text = library.parameters_text(&id).await.unwrap();
    assert!(text.starts_with("a wolf\nNegative prompt: blurry\nSteps: 24, Sampler: DPM++ 2M"), "{text}");
    assert!(text.contains("Seed: 18446744073709551615, Size: 832x1216"), "{text}");
    assert_eq!(library.workflow(&id).await.unwrap(), None);
    let graph = r#"{"nodes": [], "links": []}"#;
    let with_graph = a_png(16, 16).with_text("prompt", "{}").with_text("workflow", graph);
    let id = import_picture(&library, &with_graph, generated()).await;
    assert_eq!(library.workflow(&id).await.unwrap().as_deref(), Some(graph));
}

/// Changes the catalog to the state that an older version would have left.
fn forget_what_was_read(fixture: &LibraryFixture, id: &ImageId) {
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    rows::add_functions(&catalog);
    let change = "UPDATE generation_sources SET reader = 0";
    assert_eq!(catalog.execute(change, []).unwrap(), 1);
    let change = "UPDATE generated_images SET prompt = 'half read', seed = NULL, tool = NULL WHERE id = ?1";
    assert_eq!(catalog.execute(change, [id.as_str()]).unwrap(), 1);
    catalog.execute("DELETE FROM generation_params", []).unwrap();
}

/// What a service declares about a picture, without how it was requested.
const DECLARED: &str = r#"<x xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>"#;

#[tokio::test(flavor = "multi_thread")]
async fn reading_again_needs_neither_the_sidecar_nor_the_pixels() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    a_png(64, 64).with_text("XML:com.adobe.xmp", DECLARED).write_to(&fixture.inbox(), "fox.png");
    let beside = fixture.inbox().join("fox.txt");
    std::fs::write(&beside, PARAMETERS).unwrap();
    assert_eq!(import(&library, vec![fixture.inbox()], generated()).await.imported, 1);
    let imported = row(&library).await;
    assert_eq!(imported.generation_params["ai_generated"], true);
    std::fs::remove_file(beside).unwrap();
    forget_what_was_read(&fixture, &imported.id);
    library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
    let again = row(&library).await;
    assert_eq!(again.generation_params, imported.generation_params);
    assert_eq!(
        (again.prompt.as_str(), again.seed, again.model),
        ("a fox in snow", imported.seed, imported.model)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_is_read_in_part_is_reported_on_import_and_reading_again() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let notes = (0..300)
        .fold(with_generation_data(), |picture, number| picture.with_text(&format!("note {number}"), "text"));
    let id = import_picture(&library, &notes, generated()).await;
    assert_eq!(row(&library).await.notices, [Notice::MetadataInPart]);
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    assert_eq!(catalog.execute("UPDATE generated_images SET notices = 'incomplete'", []).unwrap(), 1);
    forget_what_was_read(&fixture, &id);
    library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
    assert_eq!(row(&library).await.notices, [Notice::Incomplete, Notice::MetadataInPart]);
    let whole = import_picture(&library, &with_generation_data(), generated()).await;
    assert!(library.detail(&whole).await.unwrap().notices.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_saved_by_an_earlier_version_are_read_despite_one_bad_byte() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &with_generation_data(), generated()).await;
    // The older version read a whole text as Latin-1 if one byte was not UTF-8, and did not
    // save the bytes.
    let bytes = [PARAMETERS.replace("a fox in snow", "雪の中の狐").as_bytes(), b" \xff"].concat();
    let misread: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let kept = json!([{"source": "png_text", "key": "parameters", "text": misread}]).to_string();
    let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(kept.as_bytes()).unwrap();
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    let change = "UPDATE generation_sources SET sources = ?1";
    assert_eq!(catalog.execute(change, [deflated.finish().unwrap()]).unwrap(), 1);
    forget_what_was_read(&fixture, &id);
    library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
    let image = row(&library).await;
    assert_eq!((image.prompt.as_str(), image.seed.as_deref()), ("雪の中の狐", Some("18446744073709551615")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_words_of_character_prompts() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let caption = |base: &str, character: &str| json!({"caption": {"base_caption": base, "char_captions": [{"char_caption": character}]}});
    let comment = json!({"prompt": "2 foxes", "uc": "lowres", "steps": 28, "seed": 7,
        "v4_prompt": caption("2 foxes", "scarlet fur"), "v4_negative_prompt": caption("lowres", "mutated paws")});
    let picture = a_png(64, 64).with_text("Software", "NovelAI").with_text("Comment", &comment.to_string());
    let id = import_picture(&library, &picture, generated()).await;
    for word in ["foxes", "scarlet", "negative:mutated"] {
        let page =
            library.search(&format!("{word} "), SearchPlace::History, &PageRequest::first(10)).await.unwrap();
        assert_eq!(page.page.iter().map(|image| &image.id).collect::<Vec<_>>(), [&id], "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_reader_reads_the_saved_texts_again_and_keeps_edits() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &with_generation_data(), generated()).await;
    import_picture(&library, &a_png(16, 16), generated()).await;
    forget_what_was_read(&fixture, &id);
    library.edit(&id, edit("a wolf")).await.unwrap();

    let report = library.reparse(CancellationToken::new(), |_| ()).await.unwrap();

    assert_eq!((report.read, report.total), (1, 1));
    let detail = library.detail(&id).await.unwrap();
    assert_eq!((detail.prompt.as_str(), detail.seed.as_deref()), ("a wolf", Some("18446744073709551615")));
    assert_eq!(detail.generation_params["tool"], "automatic1111");
    let reverted = library.revert_edit(&id, GenerationField::Prompt).await.unwrap();
    assert_eq!(reverted.prompt, "a fox in snow");
    let again = library.reparse(CancellationToken::new(), |_| ()).await.unwrap();
    assert_eq!((again.read, again.total), (0, 0), "once is enough");
}
