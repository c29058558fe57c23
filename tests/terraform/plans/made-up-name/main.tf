# The name of the bucket is made up by the provider. The plan knows it, the configuration does not.
provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "images" {
  tags = {
    Team = "vision"
  }
}

data "aws_iam_policy_document" "images" {
  statement {
    sid       = "Darwin"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.images.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
    }
  }
}

resource "aws_s3_bucket_policy" "images" {
  bucket = aws_s3_bucket.images.id
  policy = data.aws_iam_policy_document.images.json
}
