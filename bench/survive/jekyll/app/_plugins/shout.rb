module Shout
  def shout(text) = text.upcase
end
Liquid::Template.register_filter(Shout)
