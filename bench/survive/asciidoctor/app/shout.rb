Asciidoctor::Extensions.register do
  block do
    named :shout
    on_context :paragraph
    process { |parent, reader, attributes| create_paragraph parent, reader.lines.map(&:upcase), attributes }
  end
end
