FROM scratch
ENV name=value
ENV name=value other=value2
ENV name="value with blanks"
ENV name=value\ with\ escapes
ENV name="quotes 'inside' quotes"
ENV name='it is "so"'
ENV name="a\"b" other='a\'
ENV name=$other/${third:-"x y"} empty=
ENV name="" other=''
ENV legacy value
ENV legacy   several  words  "kept as they are"
ENV legacy	tab
ENV legacy $PATH:/bin
ENV a=b \
    c=d \
    # a comment between
    e="f g" \
    h=i
ENV a="line one\
 line two"
ENV url=http://example/?a=b&c=d
ENV LANG=de_DE.UTF-8 größe="fünf €"
