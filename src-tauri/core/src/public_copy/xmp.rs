//! The XMP packet of a copy: a description and the declaration that a model made the picture, nothing else.

use crate::model::CopyRefusal;
use quick_xml::Writer;
use quick_xml::events::BytesText;

/// The term of <https://cv.iptc.org/newscodes/digitalsourcetype/> for a picture that a model made.
const MADE_BY_A_MODEL: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
/// Begins a packet whose encoding is UTF-8 (ISO 16684-1, 7.3.2).
const BEGIN: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>";
const END: &str = "<?xpacket end=\"r\"?>";
/// The program that wrote the packet.
const TOOLKIT: &str = "Vitrine";

/// Writes a packet. `None` if there is nothing to say. The description must be free of characters that XML
/// cannot hold.
pub(super) fn packet(description: Option<&str>, declare_ai: bool) -> Result<Option<String>, CopyRefusal> {
    if description.is_none() && !declare_ai {
        return Ok(None);
    }
    let mut writer = Writer::new(BEGIN.as_bytes().to_vec());
    let mut properties = vec![
        ("rdf:about", ""),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
    ];
    if declare_ai {
        properties.push(("Iptc4xmpExt:DigitalSourceType", MADE_BY_A_MODEL));
    }
    let written = writer
        .create_element("x:xmpmeta")
        .with_attributes([("xmlns:x", "adobe:ns:meta/"), ("x:xmptk", TOOLKIT)])
        .write_inner_content(|writer| {
            let rdf = ("xmlns:rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#");
            writer.create_element("rdf:RDF").with_attribute(rdf).write_inner_content(|writer| {
                let properties = writer.create_element("rdf:Description").with_attributes(properties);
                match description {
                    None => properties.write_empty()?,
                    Some(text) => properties.write_inner_content(|writer| write_text(writer, text))?,
                };
                Ok(())
            })?;
            Ok(())
        });
    written.map_err(|_| CopyRefusal::Unverified)?;
    let mut bytes = writer.into_inner();
    bytes.extend_from_slice(END.as_bytes());
    String::from_utf8(bytes).map(Some).map_err(|_| CopyRefusal::Unverified)
}

fn write_text(writer: &mut Writer<Vec<u8>>, text: &str) -> std::io::Result<()> {
    writer.create_element("dc:description").write_inner_content(|writer| {
        writer.create_element("rdf:Alt").write_inner_content(|writer| {
            let item = writer.create_element("rdf:li").with_attribute(("xml:lang", "x-default"));
            item.write_text_content(BytesText::new(text))?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

/// Says whether a packet was written by [`packet`].
pub(super) fn is_own(packet: &str) -> bool {
    packet
        .get(BEGIN.len()..)
        .is_some_and(|rest| rest.starts_with("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"Vitrine\">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_has_the_description_escaped_and_the_declaration() {
        let packet = packet(Some("a <fox> & \"]]>\""), true).unwrap().unwrap();
        assert!(is_own(&packet));
        assert!(packet.contains(">a &lt;fox&gt; &amp; &quot;]]&gt;&quot;</rdf:li>"), "{packet}");
        assert!(packet.contains(MADE_BY_A_MODEL));
    }

    #[test]
    fn a_packet_with_nothing_to_say_is_not_written() {
        assert_eq!(packet(None, false), Ok(None));
        assert!(!packet(None, true).unwrap().unwrap().contains("dc:description"));
        assert!(!packet(Some("a fox"), false).unwrap().unwrap().contains("DigitalSourceType"));
    }
}
