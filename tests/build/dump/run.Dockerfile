FROM debian
RUN echo hello
RUN   echo   blanks   inside   stay  
RUN ["echo", "hello world", "$HOME"]
RUN [ "with" , "blanks" ]
RUN ["one"]
RUN ['single', 'quotes']
RUN ["unfinished"
RUN ["trailing", "comma",]
RUN [ -e /etc/passwd ] && echo yes
RUN echo "a" 'b' \"c\" $D ${E} \\ \$F
RUN apt-get update && \
    apt-get install -y \
      gcc \
      # a comment
      make \

      strace \
 && rm -rf /var/lib/apt/lists/*
RUN echo 'one \
two'
RUN echo a; \
echo b
RUN true # not a comment
RUN echo "#" \
# a comment
#another
; echo done
RUN ["a\tb", "\u20ac", "\\", "\/"]
RUN
RUN --network=none make
CMD ["abc 123", "♥", "\" \\ \/ \b \f \n \r \t \u0000"]
CMD	[	"a",	"b"	]	
CMD [""]
